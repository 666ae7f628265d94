import {
  accept,
  type Flags,
  fail,
  peek,
  type Scanner,
  takeWhile,
  wordCharacter,
} from './scanner.ts'

/** The kind of group that an opening parenthesis begins. */
export type GroupStart =
  | { readonly kind: 'plain' }
  | { readonly kind: 'capture'; readonly number: number; readonly name?: string }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negative: boolean }
  | { readonly kind: 'condition'; readonly negative: boolean }

const looks: Readonly<Record<string, GroupStart>> = {
  '?=': { kind: 'look', behind: false, negative: false },
  '?!': { kind: 'look', behind: false, negative: true },
  '?<=': { kind: 'look', behind: true, negative: false },
  '?<!': { kind: 'look', behind: true, negative: true },
  '?:': { kind: 'plain' },
  '?(?=': { kind: 'condition', negative: false },
  '?(?!': { kind: 'condition', negative: true },
}

/** Reads what follows a `(`; undefined when the group only changes the flags of what follows it. */
export function scanGroupStart(scanner: Scanner): GroupStart | undefined {
  if (peek(scanner) !== '?' || peek(scanner, 1) === ')') return unnamed(scanner)
  const look = Object.keys(looks).find(sign => accept(scanner, sign))
  if (look !== undefined) return looks[look]
  return scanSpecial(scanner)
}

function unnamed(scanner: Scanner): GroupStart {
  if (scanner.flags.n) return { kind: 'plain' }
  scanner.groups++
  return { kind: 'capture', number: scanner.groups }
}

function scanSpecial(scanner: Scanner): GroupStart | undefined {
  const from = scanner.at - 1
  if (accept(scanner, '?>')) {
    return fail(
      scanner,
      'the atomic group "(?>" is not supported (use a plain group "(?:...)")',
      from,
    )
  }
  if (accept(scanner, '?(')) {
    return fail(
      scanner,
      'the conditional "(?(" is not supported (write two alternatives or two rules)',
      from,
    )
  }
  if (accept(scanner, "?'")) return scanName(scanner, "'", from)
  if (accept(scanner, '?<') || accept(scanner, '?P<')) return scanName(scanner, '>', from)
  scanner.at++
  return scanFlags(scanner, from)
}

function scanName(scanner: Scanner, close: string, from: number): GroupStart | undefined {
  const name = takeWhile(scanner, wordCharacter)
  if (/^[0-9]/.test(name)) {
    return fail(
      scanner,
      `the numbered group "${name}" is not supported (give it a name that begins with a letter)`,
      from,
    )
  }
  if (peek(scanner) === '-') {
    return fail(scanner, 'a balancing group is not supported (write the nesting out)', from)
  }
  if (name === '' || !accept(scanner, close)) return fail(scanner, 'malformed group name', from)
  scanner.groups++
  return { kind: 'capture', number: scanner.groups, name }
}

/** Reads `(?i-s)` and `(?i-s:`. */
function scanFlags(scanner: Scanner, from: number): GroupStart | undefined {
  const letters = takeWhile(scanner, /[imnsx+-]/)
  const flags = { ...scanner.flags }
  let on = true
  for (const letter of letters) {
    if (letter === '-' || letter === '+') on = letter === '+'
    else flags[letter as keyof Flags] = on
  }
  if (peek(scanner) !== ')' && peek(scanner) !== ':') {
    return fail(scanner, `unknown group "(?${letters}${peek(scanner) ?? ''}"`, from)
  }
  if (peek(scanner) === ')') {
    scanner.at++
    scanner.flags = flags
    return undefined
  }
  scanner.at++
  scanner.flags = flags
  return { kind: 'plain' }
}
