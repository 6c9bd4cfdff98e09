// The talk as it is heard, said and pressed: bubbles, the newest at the bottom.

const MOST = 300 // bubbles that are kept

export class Transcript {
  #log

  constructor(log) {
    this.#log = log
    new ResizeObserver(() => this.#scroll()).observe(log)
  }

  clear() {
    this.#log.replaceChildren()
  }

  /** Something that happened: a call begins or ends, somebody joins. */
  note(text, kind = '') {
    return this.#add('note', kind, text)
  }

  /** Somebody else's words; `who` is shown above them unless it is the line. Without words it is sound only. */
  heard(who, text, kind = '') {
    const bubble = this.#add('heard', kind, text)
    if (who) bubble.prepend(element('b', '', who))
    return bubble
  }

  /** Keys of this telephone; those of one answer stand together. */
  pressed(keys) {
    const last = this.#log.lastElementChild
    const bubble = last?.classList.contains('pressed') ? last : this.#add('pressed', 'own', '')
    for (const key of keys) bubble.append(element('kbd', '', key))
    this.#scroll()
  }

  /** What was said into this telephone. A voice comes in pieces, which are one bubble. */
  spoke(text, seconds) {
    const last = this.#log.lastElementChild
    if (text) {
      this.#add('spoke', 'own', text)
    } else {
      const bubble = last?.classList.contains('voice') ? last : this.#add('voice', 'own', '')
      bubble.dataset.seconds = Number(bubble.dataset.seconds ?? 0) + seconds
      bubble.textContent = `Su voz, ${Math.max(1, Math.round(bubble.dataset.seconds))} s`
    }
  }

  /** A text message, received or (`own`) sent. */
  text(who, body, own) {
    const bubble = this.#add('text', own ? 'own' : '', body)
    bubble.prepend(element('b', '', own ? 'Mensaje enviado' : `Mensaje de ${who}`))
  }

  #add(kind, more, text) {
    const bubble = element('p', `bubble ${kind} ${more}`.trim(), text)
    this.#log.append(bubble)
    if (this.#log.childElementCount > MOST) this.#log.firstElementChild.remove()
    this.#scroll()
    return bubble
  }

  #scroll() {
    this.#log.scrollTop = this.#log.scrollHeight
  }
}

function element(name, className, text) {
  const made = document.createElement(name)
  if (className) made.className = className
  made.textContent = text
  return made
}
