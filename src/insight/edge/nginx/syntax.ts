/** Directives and blocks of a file of nginx. */
export interface Directive {
  readonly name: string
  readonly args: readonly string[]
  /** Empty for a directive without a block. */
  readonly block: readonly Directive[]
  readonly line: number
  readonly column: number
}

interface Token {
  readonly text: string
  readonly isSign: boolean
  readonly line: number
  readonly column: number
}

const token =
  /#[^\n]*|"((?:\\[\s\S]|[^"\\])*)"|'((?:\\[\s\S]|[^'\\])*)'|([{};])|((?:\$\{|[^\s{};"'#])(?:\$\{|\\[\s\S]|[^\s{};])*)/g

/** The root, whose block is the file. Text that is not balanced ends at the end of the file. */
export function parseNginx(text: string): Directive {
  const reader = { tokens: tokensOf(text), at: 0 }
  return { name: '', args: [], block: readBlock(reader, 0), line: 1, column: 1 }
}

function tokensOf(text: string): readonly Token[] {
  let [line, start, from] = [1, 0, 0]
  return [...text.matchAll(token)].flatMap(found => {
    for (
      let at = text.indexOf('\n', from);
      at >= 0 && at < found.index;
      at = text.indexOf('\n', from)
    ) {
      line += 1
      start = at + 1
      from = at + 1
    }
    const [whole, double, single, sign, word] = found
    if (whole.startsWith('#')) return []
    const value = double ?? single ?? sign ?? word ?? ''
    return [{ text: value, isSign: sign !== undefined, line, column: found.index - start + 1 }]
  })
}

const mostNested = 50

interface Reader {
  readonly tokens: readonly Token[]
  at: number
}

function readBlock(reader: Reader, depth: number): readonly Directive[] {
  const directives: Directive[] = []
  let next = readDirective(reader, depth)
  for (; next !== undefined; next = readDirective(reader, depth)) directives.push(...next)
  return directives
}

/** undefined at the end of the block. */
function readDirective(reader: Reader, depth: number): readonly Directive[] | undefined {
  const words: Token[] = []
  let next = reader.tokens[reader.at++]
  for (; next !== undefined && !next.isSign; next = reader.tokens[reader.at++]) words.push(next)
  if (next === undefined || next.text === '}') return undefined
  const opens = next.text === '{' && depth < mostNested
  const block = opens ? readBlock(reader, depth + 1) : []
  const [first, ...args] = words
  if (first === undefined) return []
  const { text: name, line, column } = first
  return [{ name, args: args.map(({ text }) => text), block, line, column }]
}
