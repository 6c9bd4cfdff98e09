// The simulated carrier over HTTP: one telephone's doings, and the one long poll of this page.

const WAIT = 5 // seconds that a poll may last, and that stopping the line may have to wait for it
const HISTORY = 120 // events of a telephone that are shown again when the page is opened anew

/** What the carrier refused, in its words, with the HTTP status. */
export class Refused extends Error {
  constructor(message, status) {
    super(message)
    this.status = status
  }
}

export class Carrier {
  constructor(path) {
    this.path = path
  }

  async ask(method, path, body) {
    const wave = body instanceof Blob
    const answer = await fetch(this.path + path, {
      method,
      headers: { 'Content-Type': wave ? 'audio/wav' : 'application/json' },
      body: wave ? body : JSON.stringify(body ?? {}),
    })
    const told = answer.status === 204 ? {} : await answer.json().catch(() => ({}))
    if (!answer.ok) throw new Refused(told.error ?? answer.statusText, answer.status)
    return told
  }

  /** Do something with a telephone: `dial`, `press`, `say`, `answer`, `refuse`, `hang-up`, `text`. */
  act(number, what, body) {
    return this.ask('POST', `/${encodeURIComponent(number)}/${what}`, body)
  }

  /** Take a telephone into the hand; the event from which on it is of interest. */
  async hold(number) {
    const { cursor } = await this.ask('POST', `/${encodeURIComponent(number)}`)
    return Math.max(0, cursor - HISTORY)
  }
}

/** Polls for all telephones of the page in one request, so that a page keeps one thread of the server. */
export class Watch {
  #carrier
  #watched = new Map()
  #name = crypto.getRandomValues(new Uint32Array(2)).join('-')
  #breakOff = new AbortController()
  #onTrouble

  constructor(carrier, onTrouble) {
    this.#carrier = carrier
    this.#onTrouble = onTrouble
  }

  /** From now on `take(events, {now, past})` is called with what `number` notices; the first time with the
   * past, if there is any. `place` had another telephone before. */
  follow(place, number, take) {
    this.#watched.set(place, { number, take, cursor: null })
    this.#breakOff.abort()
  }

  async run() {
    for (let failures = 0; ; ) {
      try {
        this.#breakOff = new AbortController()
        await this.#poll(this.#breakOff.signal)
        if (failures) this.#onTrouble('')
        failures = 0
      } catch (error) {
        if (error.name === 'AbortError') continue
        if (error.status === 404) {
          for (const one of this.#watched.values()) one.cursor = null // the carrier was started anew
        }
        failures += 1
        if (failures > 1) this.#onTrouble('La línea no responde. ¿Sigue en marcha «make run»? Se reintenta.')
        await new Promise((resolve) => setTimeout(resolve, Math.min(5000, 300 * failures)))
      }
    }
  }

  async #poll(signal) {
    let wait = WAIT
    const fresh = new Set()
    for (const one of this.#watched.values()) {
      if (one.cursor !== null) continue
      one.cursor = await this.#carrier.hold(one.number)
      fresh.add(one)
      wait = 0 // the past is there already, or there is none
    }
    const query = new URLSearchParams({ watcher: this.#name, wait })
    for (const one of this.#watched.values()) {
      if (one.cursor !== null) query.append('cursor', `${one.number}:${one.cursor}`)
    }
    const answer = await fetch(`${this.#carrier.path}/events?${query}`, { signal })
    if (!answer.ok) throw new Refused(answer.statusText, answer.status)
    const { now, telephones } = await answer.json()
    signal.throwIfAborted()
    for (const one of this.#watched.values()) {
      const seen = telephones[one.number]
      if (!seen || one.cursor === null) continue
      one.cursor = seen.next
      one.take(seen.events, { now: new Date(now), past: fresh.has(one) })
    }
  }
}
