/** Reads paths as `serve.paths` says; every door reads them here, wherever a request has its path. */
import type { PathEscapes } from '../../lib/url-path.ts'
import {
  canonicalForwardedPath,
  canonicalForwardedPathWithSlashes,
  canonicalPath,
  canonicalPathWithSlashes,
} from './path.ts'

/** The section `serve.paths` of the configuration. */
export interface PathSettings {
  /** What `%2F` and `%5C` are: decoded before matching, kept as escapes, or refused. */
  readonly encoded_slash: 'decode' | 'keep' | 'reject'
  /** Whether a path may have a `;`, raw or escaped. */
  readonly parameters: 'text' | 'reject'
  /** Whether the path of X-Forwarded-Uri is matched with its escapes. */
  readonly forwarded_uri: 'encoded' | 'decoded'
}

export interface PathReader {
  /** The path that is matched, of a request line, a CheckRequest or an event; undefined: answer 400. */
  readonly read: (raw: string) => string | undefined
  /** The same of X-Forwarded-Uri; the path begins with a slash. */
  readonly readForwarded: (raw: string) => string | undefined
  /** Which escapes a path that `read` returned still has. */
  readonly escapesOf: (path: string) => PathEscapes
  /** The same for `readForwarded`. */
  readonly escapesOfForwarded: (path: string) => PathEscapes
}

type Read = PathReader['read']

export function createPathReader(settings: PathSettings): PathReader {
  const keeps = settings.encoded_slash === 'keep'
  const read = unlessRefused(settings, keeps ? canonicalPathWithSlashes : canonicalPath)
  const escapesOf = keeps ? keptSlashes : noEscapes
  if (settings.forwarded_uri === 'decoded') {
    return {
      read,
      escapesOf,
      readForwarded: read,
      escapesOfForwarded: escapesOf,
    }
  }
  const forwarded = keeps ? canonicalForwardedPathWithSlashes : canonicalForwardedPath
  return {
    read,
    escapesOf,
    readForwarded: unlessRefused(settings, forwarded),
    escapesOfForwarded: allEscapes,
  }
}

function unlessRefused({ encoded_slash, parameters }: PathSettings, read: Read): Read {
  const refused = [
    ...(encoded_slash === 'reject' ? ['%2F', '%5C'] : []),
    ...(parameters === 'reject' ? [';', '%3B'] : []),
  ]
  if (refused.length === 0) return read
  const pattern = new RegExp(refused.join('|'), 'i')
  return raw => (pattern.test(raw) ? undefined : read(raw))
}

const noEscapes = (): PathEscapes => undefined
const allEscapes = (): PathEscapes => 'all'
const keptSlashes = (path: string): PathEscapes =>
  path.includes('%2F') || path.includes('%5C') ? 'slashes' : undefined
