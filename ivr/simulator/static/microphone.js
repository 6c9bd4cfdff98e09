// A real voice: the microphone as WAV pieces of 8 kHz, 16 bit, mono, sent while one speaks.
//
// In pieces, because the line waits for a voice and ends a recording after some seconds of silence.

const RATE = 8000
const PIECE = 0.5 // seconds

/** Averages what lies between two samples of the lower rate, which also takes away what it cannot carry. */
export class Downsampler {
  #step
  #sum = 0
  #count = 0
  #position = 0

  constructor(rate) {
    this.#step = rate / RATE
  }

  push(samples, out) {
    for (const sample of samples) {
      this.#sum += sample
      this.#count += 1
      this.#position += 1
      if (this.#position >= this.#step) {
        out.push(this.#sum / this.#count)
        this.#sum = this.#count = 0
        this.#position -= this.#step
      }
    }
  }
}

/** Samples from -1 to 1 as a WAV file. */
export function wav(samples) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length))
  const write = (at, text) => [...text].forEach((letter, place) => view.setUint8(at + place, letter.charCodeAt(0)))
  write(0, 'RIFF')
  view.setUint32(4, 36 + 2 * samples.length, true)
  write(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true) // PCM
  view.setUint16(22, 1, true)
  view.setUint32(24, RATE, true)
  view.setUint32(28, 2 * RATE, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  write(36, 'data')
  view.setUint32(40, 2 * samples.length, true)
  samples.forEach((sample, place) => view.setInt16(44 + 2 * place, Math.max(-1, Math.min(1, sample)) * 32767, true))
  return new Blob([view], { type: 'audio/wav' })
}

/** One person's microphone; `send` gets the pieces. */
export class Microphone {
  #send
  #stream = null
  #context = null
  #pending = []

  constructor(send) {
    this.#send = send
  }

  get open() {
    return this.#stream !== null
  }

  /** Begin; false where the browser has no microphone, or whoever uses it does not allow it. */
  async start() {
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true } })
    } catch {
      return false // also where mediaDevices is missing: a page that came without TLS from another machine
    }
    this.#context = new AudioContext()
    await this.#context.audioWorklet.addModule(new URL('microphone-worklet.js', import.meta.url))
    const tap = new AudioWorkletNode(this.#context, 'tap', { numberOfOutputs: 0 })
    const downsampler = new Downsampler(this.#context.sampleRate)
    tap.port.onmessage = ({ data }) => {
      downsampler.push(data, this.#pending)
      if (this.#pending.length >= PIECE * RATE) this.#flush()
    }
    this.#context.createMediaStreamSource(this.#stream).connect(tap)
    return true
  }

  /** End, and send what is left. */
  stop() {
    this.#stream?.getTracks().forEach((track) => track.stop())
    this.#context?.close()
    this.#stream = this.#context = null
    this.#flush()
  }

  #flush() {
    if (this.#pending.length) this.#send(wav(this.#pending))
    this.#pending = []
  }
}
