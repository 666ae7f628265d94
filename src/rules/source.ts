/**
 * Where rules come from: `file://` paths (absolute, or relative to the working directory), plain paths,
 * and `inline://` with base64 of the document.
 */
import { readFile, stat } from 'node:fs/promises'

export interface Source {
  readonly kind: 'source'
  readonly location: string
  /** A source that is written into the configuration cannot become right later: its failure ends the start. */
  readonly fixed: boolean
  /** The document as text. Rejects when it cannot be had. */
  readonly read: () => Promise<string>
}

export interface SourceProblem {
  readonly kind: 'source_problem'
  readonly message: string
}

const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const plannedSchemes = new Set(['http', 'https', 's3', 'gs', 'azblob'])

export function sourceOf(location: string): Source | SourceProblem {
  const name = scheme.exec(location)?.[1]?.toLowerCase() ?? 'file'
  const rest = location.replace(scheme, '')
  if (name === 'file') return fileSource(location, rest)
  if (name === 'inline') return inlineSource(location, rest)
  const known = plannedSchemes.has(name)
  const detail = known ? 'is not in this version' : 'does not exist'
  return problem(`${name}:// repositories: this kind ${detail}; use file:// or inline://`)
}

const problem = (message: string): SourceProblem => ({ kind: 'source_problem', message })

const fileSource = (location: string, path: string): Source => ({
  kind: 'source',
  location,
  fixed: false,
  read: () => readRegular(path),
})

/** A pipe would be waited for, and a device may never end. */
async function readRegular(path: string): Promise<string> {
  if (!(await stat(path)).isFile()) throw new Error(`"${path}" is not a regular file`)
  return readFile(path, 'utf8')
}

function inlineSource(location: string, text: string): Source | SourceProblem {
  if (!base64.test(text))
    return problem('inline:// repositories: the text is no base64 with padding')
  const document = Buffer.from(text, 'base64').toString('utf8')
  return { kind: 'source', location, fixed: true, read: () => Promise.resolve(document) }
}
