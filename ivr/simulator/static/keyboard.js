// The keyboard as a keypad: 0-9 * #, Enter calls or answers, Escape hangs up or refuses, Backspace erases.

const FIELDS = 'input, select, textarea'

/** `handsets.active` gets the keys, unless one writes in a field or `enabled()` says no. */
export function attachKeyboard(handsets, enabled) {
  document.addEventListener('keydown', (event) => {
    if (!enabled() || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
    if (event.target.closest(FIELDS)) return
    const act = meaning(event, handsets)
    if (!act) return
    event.preventDefault()
    act()
  })
}

function meaning({ key, target }, handsets) {
  const { active } = handsets
  const ringing = handsets.all.find((handset) => handset.state === 'ringing')
  if (/^[0-9*#]$/.test(key)) return () => active.press(key)
  if (key === 'Backspace' && active.state === 'idle') return () => active.erase()
  if (key === 'Enter' && !target.closest('button, a')) {
    const handset = active.state === 'ringing' ? active : (ringing ?? active)
    return () => {
      handsets.activate(handset)
      handset.lift()
    }
  }
  if (key === 'Escape') return () => (active.state === 'idle' && ringing ? ringing : active).putDown()
  return null
}
