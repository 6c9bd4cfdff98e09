// One telephone: what it notices becomes what is seen and heard, and what is done with it goes to the carrier.

import { Microphone } from './microphone.js'
import { nameOf, spaced } from './numbers.js'
import { awake, Tones, wake } from './tones.js'
import { Transcript } from './transcript.js'
import { Voice } from './voice.js'

const OUTCOMES = {
  busy: 'Ocupado',
  'no-answer': 'Nadie contestó',
  canceled: 'Dejó de sonar',
  failed: 'Ese número no está en servicio',
}
const ENDED_BY = { line: 'Colgó la línea', telephone: 'Usted colgó', carrier: 'Terminó la llamada' }
const SAMPLE_SECONDS = 4

export class Handset {
  #carrier
  #parts = {}
  #sending = Promise.resolve()
  #call = null // {sid, with, answered: Date | null, incoming}
  #clock = null
  #replying = null // the line's number that sent the last text
  #past = false
  number = null

  /** `section` is the telephone on the page; `changed` is called when its state is another. */
  constructor(section, carrier, { publicUrl, changed }) {
    this.section = section
    this.#carrier = carrier
    this.changed = changed
    for (const part of section.querySelectorAll('[data-part]')) this.#parts[part.dataset.part] = part
    this.transcript = new Transcript(this.#parts.log)
    this.tones = new Tones()
    this.voice = new Voice(this.#parts.audio, publicUrl)
    this.microphone = new Microphone((piece) => this.#send('say', piece))
    this.#listen()
    this.#show('idle', 'Conectando…')
  }

  /** `idle`, `dialling`, `ringing` or `talking`. */
  get state() {
    return this.section.dataset.state
  }

  part(name) {
    return this.#parts[name]
  }

  /** From now on it is that number's telephone; its past follows with the first events. */
  become(number) {
    this.number = number
    this.#parts.own.textContent = number === 'anonymous' ? 'Número oculto' : spaced(number)
    this.#forget()
  }

  // -- what is done with it ----------------------------------------------------------------------------------

  /** Call the number that was typed or chosen; when it rings, answer. */
  lift() {
    wake()
    if (this.state === 'ringing') this.#send('answer')
    else if (this.state === 'idle') this.dial(this.target())
  }

  dial(to) {
    this.section.dataset.state = 'dialling' // at once, so that a second click does not dial again
    this.#send('dial', { to }).then((done) => done || this.#show('idle', 'No se pudo llamar'))
  }

  /** Hang up; when it rings, refuse. */
  putDown() {
    if (this.state === 'ringing') this.#send('refuse')
    else if (this.state !== 'idle') this.#send('hang-up')
  }

  press(key) {
    wake()
    this.tones.key(key)
    this.#flash(key)
    if (this.state === 'talking') this.#send('press', { keys: key })
    else if (this.state === 'idle') this.typed(key)
  }

  mute(muted) {
    this.tones.muted = muted
    this.voice.mute(muted)
    if (muted) this.tones.quiet()
    else if (this.state === 'ringing') this.tones.ring()
  }

  /** One after the other, so that keys arrive in the order in which they were pressed; whether it was done. */
  #send(what, body) {
    const number = this.number
    this.#sending = this.#sending.then(async () => {
      try {
        await this.#carrier.act(number, what, body)
        return true
      } catch (error) {
        // 409: the call was over before the key arrived, which its end tells anyway.
        if (error.status !== 409) this.transcript.note(`No se pudo: ${error.message}`, 'wrong')
        return false
      }
    })
    return this.#sending
  }

  #listen() {
    const { call, composer, microphone, mute } = this.#parts
    call.addEventListener('click', () => this.lift())
    this.#parts['hang-up'].addEventListener('click', () => this.putDown())
    composer.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#say(this.#parts.words.value.trim())
      this.#parts.words.value = ''
    })
    microphone.addEventListener('click', () => this.#speak())
    mute.addEventListener('click', () => {
      const muted = mute.getAttribute('aria-pressed') !== 'true'
      mute.setAttribute('aria-pressed', String(muted))
      this.mute(muted)
    })
  }

  /** In a call the words are said, otherwise they are a text message. */
  async #say(words) {
    if (!words) return
    if (this.state === 'talking') {
      this.#send('say', { text: words })
    } else if (await this.#send('text', { to: this.#replying ?? this.mobile(), body: words })) {
      this.transcript.text('', words, true)
    }
  }

  async #speak() {
    const button = this.#parts.microphone
    if (this.microphone.open) {
      this.microphone.stop()
    } else if (!(await this.microphone.start())) {
      this.transcript.note('Sin micrófono: se envió una muestra de voz.')
      this.#send('say', { seconds: SAMPLE_SECONDS })
    }
    button.setAttribute('aria-pressed', String(this.microphone.open))
  }

  #flash(key) {
    const button = this.#parts.keypad.querySelector(`[data-key="${CSS.escape(key)}"]`)
    button.classList.remove('down')
    void button.offsetWidth // begins the animation anew
    button.classList.add('down')
  }

  // -- what it notices ---------------------------------------------------------------------------------------

  /** Events of the telephone, in their order. Those of the `past` make no sound. */
  take(events, { now, past }) {
    if (past) this.#forget()
    this.#past = past
    for (const event of events) this[`on_${event.type}`]?.(event)
    if (!past) return
    this.#past = false
    this.#settleIn(now)
  }

  #forget() {
    this.transcript.clear()
    this.#over()
    this.voice.hush()
    this.#show('idle', 'Listo para llamar')
  }

  /** The past has been told: what still goes on is taken up. */
  #settleIn(now) {
    if (this.state === 'ringing') this.tones.ring()
    if (this.#call?.answered) this.#count(performance.now() - (now - this.#call.answered))
    this.changed(this)
  }

  on_dialling(event) {
    this.voice.hush()
    this.#call = { sid: event.call, with: event.to, answered: null, incoming: false }
    this.transcript.note(`Llamada a ${nameOf(event.to)}, ${spaced(event.to)}`, 'begins')
    this.#show('dialling', `Llamando a ${spaced(event.to)}…`)
    if (!this.#past) this.tones.ringback()
  }

  on_ringing(event) {
    this.voice.hush()
    this.#call = { sid: event.call, with: event.from, answered: null, incoming: true }
    this.transcript.note(`Llamada de ${nameOf(event.from)}, ${spaced(event.from)}`, 'begins')
    this.#show('ringing', `Llama ${nameOf(event.from)}`)
    if (!this.#past) this.tones.ring()
  }

  on_answered(event) {
    if (event.call !== this.#call?.sid) return
    this.tones.quiet()
    this.#call.answered = new Date(event.at)
    this.#show('talking', `En llamada con ${nameOf(this.#call.with)}`)
    if (!this.#past) this.#count(performance.now())
  }

  on_heard(event) {
    if (event.by !== 'line' && event.by !== 'carrier') {
      this.transcript.heard(nameOf(event.by), event.text || 'Está hablando…', 'person')
      return
    }
    const music = !event.text || event.text === '[music]'
    const bubble = this.transcript.heard('', music ? 'Música de espera' : event.text, music ? 'music' : '')
    if (this.#past) return
    if (event.text === '[music]') this.tones.music()
    else this.tones.quiet()
    this.voice.hear({
      url: event.url,
      text: event.text ?? '',
      seconds: event.seconds,
      began: () => bubble.classList.add('sounding'),
      ended: () => bubble.classList.remove('sounding'),
    })
  }

  on_hushed() {
    this.voice.hush()
    this.tones.quiet()
  }

  on_asked(event) {
    if (event.waiting) this.#show('talking', 'En espera de una persona')
    this.section.dataset.asked = event.question === 'record' || event.takes.includes('speech') ? 'voice' : 'keys'
  }

  on_pressed(event) {
    this.transcript.pressed(event.keys)
  }

  on_spoke(event) {
    this.transcript.spoke(event.text, event.seconds)
  }

  on_recording(event) {
    const started = event.state === 'started'
    this.section.dataset.asked = started ? 'voice' : ''
    this.#show('talking', started ? 'Grabando: hable, y gato para terminar' : `En llamada con ${nameOf(this.#call?.with ?? '')}`)
    if (started && !this.#past) this.tones.beep()
    if (!started) this.#closeMicrophone()
  }

  on_joined(event) {
    const names = event.others.map(nameOf).join(' y ')
    this.tones.quiet()
    this.section.dataset.asked = 'voice'
    this.transcript.note(`En conversación con ${names}`, 'joined')
    this.#show('talking', `En conversación con ${names}`)
  }

  on_left(event) {
    this.transcript.note(`${nameOf(event.who)} dejó la conversación`)
  }

  on_text(event) {
    this.#replying = event.from
    this.transcript.text(nameOf(event.from), event.body, false)
  }

  on_ended(event) {
    if (event.call !== this.#call?.sid) return // it rang while this telephone was busy
    const refused = this.#call.incoming && event.status === 'busy'
    const outcome = refused ? 'Usted rechazó la llamada' : OUTCOMES[event.status] ?? ENDED_BY[event.by] ?? 'Terminó la llamada'
    const time = this.#parts.time.textContent
    const unanswered = this.#call.incoming && !this.#call.answered && event.by !== 'telephone'
    this.transcript.note(unanswered ? 'Llamada perdida' : time ? `${outcome} · ${time}` : outcome, 'ends')
    this.#over()
    if (event.by !== 'line') this.voice.hush() // the line's goodbye may still be on its way to the ear
    this.#show('idle', unanswered ? 'Llamada perdida' : outcome)
    if (!this.#past && event.by !== 'telephone') this.tones.over()
  }

  #over() {
    this.#call = null
    clearInterval(this.#clock)
    this.#parts.time.textContent = ''
    this.section.dataset.asked = ''
    this.tones.quiet()
    this.#closeMicrophone()
  }

  #closeMicrophone() {
    if (this.microphone.open) this.microphone.stop()
    this.#parts.microphone.setAttribute('aria-pressed', 'false')
  }

  /** Show how long the call has lasted since `start` (milliseconds of this page's clock). */
  #count(start) {
    clearInterval(this.#clock)
    const tick = () => {
      const seconds = Math.max(0, Math.floor((performance.now() - start) / 1000))
      this.#parts.time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    }
    tick()
    this.#clock = setInterval(tick, 1000)
  }

  // -- what is seen ------------------------------------------------------------------------------------------

  #show(state, status) {
    this.section.dataset.state = state
    if (this.#parts.status.textContent !== status) this.#parts.status.textContent = status
    const idle = state === 'idle'
    const talking = state === 'talking'
    const ringing = state === 'ringing'
    this.#parts.call.disabled = !(idle || ringing) || !this.number
    this.#parts['hang-up'].disabled = idle
    this.#parts['call-name'].textContent = ringing ? 'Contestar' : 'Llamar'
    this.#parts['hang-up-name'].textContent = ringing ? 'Rechazar' : 'Colgar'
    this.#parts.holder.disabled = !idle
    this.#parts.line.disabled = !idle
    this.#parts.microphone.disabled = !talking
    const words = talking ? 'Diga algo' : 'Mensaje de texto a la línea'
    this.#parts.words.placeholder = words
    this.#parts['words-label'].textContent = words
    if (!this.#past) this.changed(this)
  }

  /** Whether it rings unheard, because the page may not sound before somebody has touched it. */
  get unheard() {
    return this.state === 'ringing' && !awake()
  }
}
