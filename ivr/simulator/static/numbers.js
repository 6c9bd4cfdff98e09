// Telephone numbers as they are typed, stored and read.

/** E.164 of what somebody typed; null if it is no number. Nine digits are Chilean ones. */
export function e164(typed) {
  const bare = typed.replace(/[\s().-]/g, '').replace(/^00/, '+')
  if (/^\+\d{8,15}$/.test(bare)) return bare
  const national = bare.replace(/^0/, '').replace(/^56(?=\d{9}$)/, '')
  return /^\d{9}$/.test(national) ? `+56${national}` : null
}

/** A number as Chileans write it: +56 9 8889 4612, 800 422 727; the blanks do not break. */
export function spaced(number) {
  const [, digits] = number.match(/^\+56(\d{9})$/) ?? []
  if (!digits) return number
  return /^[68]/.test(digits)
    ? `${digits.slice(0, 3)}\u00a0${digits.slice(3, 6)}\u00a0${digits.slice(6)}`
    : `+56\u00a0${digits[0]}\u00a0${digits.slice(1, 5)}\u00a0${digits.slice(5)}`
}

const known = new Map()

/** Remember whose number this is. */
export function introduce(number, name) {
  known.set(number, name)
}

/** Who that is, else the number. */
export function nameOf(number) {
  return known.get(number) ?? spaced(number)
}
