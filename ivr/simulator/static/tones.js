// Everything that is heard and comes from no file: key tones, ringing, beeps, hold music. Made by WebAudio.

const ROWS = { 1: 697, 2: 697, 3: 697, 4: 770, 5: 770, 6: 770, 7: 852, 8: 852, 9: 852, '*': 941, 0: 941, '#': 941 }
const COLUMNS = { 1: 1209, 4: 1209, 7: 1209, '*': 1209, 2: 1336, 5: 1336, 8: 1336, 0: 1336, 3: 1477, 6: 1477, 9: 1477, '#': 1477 }
const MELODY = [392, 494, 587, 494, 440, 523, 659, 523]

let context = null

/** Browsers let a page sound only after a key or a click: call this from one. */
export function wake() {
  context ??= new AudioContext()
  if (context.state === 'suspended') context.resume()
}

/** Whether a sound would be heard: somebody has touched the page. */
export function awake() {
  return context !== null
}

/** The tones of one telephone, with a volume of their own. */
export class Tones {
  #out = null
  #stop = null
  muted = false

  /** The two tones of a key (ITU-T Q.23). */
  key(key) {
    this.#play([ROWS[key], COLUMNS[key]], 0, 0.12, 0.08)
  }

  /** The tone before a recording. */
  beep() {
    this.#play([1000], 0, 0.35, 0.12)
  }

  /** What is heard while it rings at the other end: in Chile 400 Hz, one second in four. */
  ringback() {
    this.#repeat(4000, () => this.#play([400], 0, 1, 0.08))
  }

  /** The telephone rings. */
  ring() {
    this.#repeat(3000, () => {
      for (let stroke = 0; stroke < 12; stroke += 1) {
        this.#play([stroke % 2 ? 1046 : 1318], stroke * 0.09 + (stroke > 5 ? 0.35 : 0), 0.09, 0.1)
      }
    })
  }

  /** The call is over, or the other end is busy. */
  over() {
    this.quiet()
    for (let stroke = 0; stroke < 3; stroke += 1) this.#play([400], stroke * 0.5, 0.25, 0.07)
  }

  /** Music for who waits, where the line has no file for it. */
  music() {
    this.#repeat(4000, () => MELODY.forEach((hertz, beat) => this.#play([hertz, hertz / 2], beat * 0.5, 0.48, 0.035)))
  }

  /** Stop whatever goes on. */
  quiet() {
    clearInterval(this.#stop)
    this.#stop = null
    this.#out?.disconnect()
    this.#out = null
  }

  #repeat(milliseconds, sound) {
    this.quiet()
    sound()
    this.#stop = setInterval(sound, milliseconds)
  }

  #play(frequencies, after, seconds, volume) {
    if (this.muted || !awake()) return
    if (!this.#out) {
      this.#out = context.createGain()
      this.#out.connect(context.destination)
    }
    const start = context.currentTime + after
    const swell = context.createGain()
    swell.gain.setValueAtTime(0, start)
    swell.gain.linearRampToValueAtTime(volume, start + 0.01)
    swell.gain.setValueAtTime(volume, start + seconds - 0.02)
    swell.gain.linearRampToValueAtTime(0, start + seconds)
    swell.connect(this.#out)
    for (const hertz of frequencies) {
      const tone = context.createOscillator()
      tone.frequency.value = hertz
      tone.connect(swell)
      tone.start(start)
      tone.stop(start + seconds)
    }
  }
}
