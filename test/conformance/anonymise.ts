import { type Context, placeholder } from './context.ts'
import { describeJwt, readJwt, tokenPattern } from './tokens.ts'
import type { Data } from './types.ts'

const everyToken = new RegExp(tokenPattern, 'g')
const stackTrace = /\n+[^\n]+\n\t\/[^\n]+\.go:\d+[\s\S]*/g

/** Replaces values that differ from run to run (folders, ports, known tokens, traces) by placeholders. */
export function anonymise(context: Context, text: string): string {
  const named = text.replace(everyToken, token => nameOfToken(context, token))
  return withoutPorts(context, withoutPlaces(context, named))
    .replace(/127\.0\.0\.1:\d+->/g, '127.0.0.1:<port>->')
    .replace(/(returned an error on JSON output: )[^\n]*/g, '$1<detail>')
    .replace(stackTrace, '<stack>')
}

function nameOfToken(context: Context, token: string): string {
  for (const [name, known] of context.tokens) if (known === token) return `\${TOKEN:${name}}`
  return token
}

/** Folders are replaced first: one of them may contain text that looks like a host and port. */
function withoutPlaces(context: Context, text: string): string {
  const folders = ['DIR', 'DATA']
  const hosts = [...context.values.keys()].filter(name => !folders.includes(name) && !isPort(name))
  let out = text
  for (const spelling of [(value: string) => value, encodeURIComponent]) {
    for (const name of [...folders, ...hosts]) {
      out = out.replaceAll(spelling(placeholder(context, name)), () => `\${${name}}`)
    }
  }
  return out
}

function withoutPorts(context: Context, text: string): string {
  let out = text
  for (const [name, value] of context.values) {
    if (isPort(name))
      out = out.replace(new RegExp(`(?<![0-9])${value}(?![0-9])`, 'g'), () => `\${${name}}`)
  }
  return out
}

const isPort = (name: string): boolean => name.endsWith('_PORT')

/** Anonymises a whole structure; a token that is not one of the data folder's is shown decoded. */
export function clean(context: Context, value: Data): Data {
  if (typeof value === 'string') return cleanText(context, value)
  if (Array.isArray(value)) return value.map(item => clean(context, item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [anonymise(context, key), clean(context, item)]),
  )
}

function cleanText(context: Context, value: string): Data {
  const text = anonymise(context, value)
  const found = tokenPattern.exec(text)
  const jwt = found === null ? undefined : readJwt(found[0])
  if (found === null || jwt === undefined) return text
  const described = describeJwt(context, jwt, claims => clean(context, claims))
  return { prefix: text.slice(0, found.index), jwt: described }
}
