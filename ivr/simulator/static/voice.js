// What the line says, one sentence after the other: its own files, or the browser's voice for mere words.

const SPANISH = ['es-CL', 'es-419', 'es-MX', 'es-US', 'es-AR', 'es-ES', 'es']

/** The browser's voice that is nearest to a Chilean one; null where it has none. */
function spanishVoice() {
  const voices = globalThis.speechSynthesis?.getVoices() ?? []
  const rank = (voice) => SPANISH.findIndex((language) => voice.lang.replace('_', '-').startsWith(language))
  return voices.filter((voice) => rank(voice) >= 0).sort((one, other) => rank(one) - rank(other))[0] ?? null
}
globalThis.speechSynthesis?.getVoices() // Chromium begins to load them when they are asked for

/** The ear of one telephone. A sentence that comes while another is heard waits for its end: the network
 * delays it a little, and the end of the one before must not be lost. */
export class Voice {
  #audio
  #queue = []
  #now = null
  #publicUrl
  muted = false
  speaks = true

  constructor(audio, publicUrl) {
    this.#audio = audio
    this.#publicUrl = publicUrl
    audio.addEventListener('ended', () => this.#next())
    audio.addEventListener('error', () => this.#now?.url && this.#next())
  }

  /** Let a sentence be heard for `seconds`: `url` is its file, else `text` is spoken. `began` and `ended` are
   * called as it is. */
  hear({ url, text, seconds, began, ended }) {
    this.#queue.push({ url, text, seconds, began, ended })
    if (!this.#now) this.#next()
  }

  /** Be silent at once: a key cut it short. */
  hush() {
    this.#queue = []
    this.#finish()
  }

  mute(muted) {
    this.muted = muted
    this.#audio.muted = muted
    if (muted && this.#now?.utterance) speechSynthesis.cancel()
  }

  get silent() {
    return this.#now === null
  }

  #finish() {
    const over = this.#now
    this.#now = null
    this.#audio.pause()
    clearTimeout(over?.timer)
    if (over?.utterance) speechSynthesis.cancel()
    over?.ended()
  }

  #next() {
    this.#finish()
    const coming = this.#queue.shift()
    if (!coming) return
    this.#now = coming
    coming.began()
    if (coming.url) this.#play(coming)
    else this.#speak(coming)
  }

  #play(coming) {
    // The line names its files as the carrier reaches them; this page may have been opened by another name.
    this.#audio.src = coming.url.startsWith(this.#publicUrl) ? coming.url.slice(this.#publicUrl.length) : coming.url
    this.#audio.play().catch((error) => {
      // Not allowed to sound before the first click: the words are shown all the same, in step with the call.
      if (error.name === 'NotAllowedError' && this.#now === coming) this.#lapse(coming)
    })
  }

  #speak(coming) {
    const voice = this.speaks && !this.muted && spanishVoice()
    if (!voice) {
      this.#lapse(coming)
      return
    }
    coming.utterance = new SpeechSynthesisUtterance(coming.text)
    Object.assign(coming.utterance, { voice, lang: voice.lang, rate: 1.1 })
    coming.utterance.onend = coming.utterance.onerror = () => this.#now === coming && this.#next()
    speechSynthesis.speak(coming.utterance)
  }

  #lapse(coming) {
    coming.timer = setTimeout(() => this.#next(), coming.seconds * 1000)
  }
}
