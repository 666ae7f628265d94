/** Names with `*` and `?`, matched in at most the product of both lengths. */
export type Wildcard = (text: string) => boolean

type Token = string | typeof any | typeof one
const any = Symbol('*')
const one = Symbol('?')

/** `\` before a character means that character. */
export function compileWildcard(pattern: string): Wildcard {
  const tokens = (pattern.match(/\\?[\s\S]/g) ?? []).map(toToken)
  return text => matches(tokens, text)
}

function toToken(character: string): Token {
  if (character === '*') return any
  return character === '?' ? one : character.slice(-1)
}

/** Only the last star is retried: what comes before it has already matched. */
function matches(tokens: readonly Token[], text: string): boolean {
  let at = 0
  let token = 0
  let star = -1
  let resume = 0
  while (at < text.length) {
    if (tokens[token] === any) {
      star = token++
      resume = at
    } else if (tokens[token] === one || tokens[token] === text[at]) {
      token++
      at++
    } else if (star >= 0) {
      token = star + 1
      at = ++resume
    } else return false
  }
  return tokens.slice(token).every(left => left === any)
}
