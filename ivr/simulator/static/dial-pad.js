// What a telephone would call: one of the line's numbers, or what is typed; and the keys that type and press.

import { e164, spaced } from './numbers.js'

/** Give a handset its keypad, the choice of a number, and redialling. */
export function attachDialPad(handset, storage) {
  const part = (name) => handset.part(name)
  const remembered = `last-dialled-${handset.section.dataset.place}`
  let digits = ''

  const show = () => {
    part('typed').textContent = digits
    for (const name of ['typed', 'erase']) part(name).hidden = !digits
    part('line').hidden = Boolean(digits)
  }

  handset.typed = (key) => {
    digits = (digits + key).slice(0, 16)
    show()
  }
  handset.erase = () => {
    digits = digits.slice(0, -1)
    show()
  }
  handset.mobile = () => {
    const lines = [...part('line').options].map((option) => option.value)
    return lines.find((line) => line.startsWith('+569')) ?? lines[0]
  }
  handset.target = () => {
    const to = digits ? (e164(digits) ?? digits) : part('line').value
    digits = ''
    show()
    storage.setItem(remembered, to)
    offerRedial()
    return to
  }

  const offerRedial = () => {
    const last = storage.getItem(remembered)
    part('redial').disabled = !last || handset.state !== 'idle'
    part('redial').title = last ? `Volver a llamar al ${spaced(last)}` : ''
  }
  handset.offerRedial = offerRedial

  part('redial').addEventListener('click', () => handset.dial(storage.getItem(remembered)))
  part('erase').addEventListener('click', () => {
    handset.erase()
    if (!digits) handset.section.focus({ preventScroll: true })
  })

  const keypad = part('keypad')
  const keys = [...keypad.querySelectorAll('[data-key]')]
  keypad.addEventListener('pointerdown', (event) => {
    // A finger or mouse leaves the focus where the keyboard's keys go to the telephone, not to this one key.
    if (!event.target.closest('[data-key]')) return
    event.preventDefault()
    handset.section.focus({ preventScroll: true })
  })
  keypad.addEventListener('mousedown', (event) => event.preventDefault())
  keypad.addEventListener('click', (event) => {
    const key = event.target.closest('[data-key]')
    if (key) handset.press(key.dataset.key)
  })
  keypad.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 3, ArrowUp: -3 }[event.key]
    const place = keys.indexOf(document.activeElement)
    const next = keys[place + step]
    if (place < 0 || !next) return
    event.preventDefault()
    for (const key of keys) key.tabIndex = key === next ? 0 : -1
    next.focus()
  })
}
