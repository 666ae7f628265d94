/**
 * Values from files that variables name, as secrets are mounted: `…_CLIENT_SECRET_FILE=/run/secrets/client`
 * sets `…_CLIENT_SECRET` to the content of that file, without one final line break.
 */
import { readFileSync, statSync } from 'node:fs'
import { readablePath } from '../../lib/reach.ts'
import { type ConfigIssue, keyOf } from '../issue.ts'
import { normalName, type Target } from './names.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface FromFiles {
  /** The environment with the contents under the names without `_FILE`. */
  readonly env: Environment
  readonly issues: readonly ConfigIssue[]
}

interface Named {
  readonly variable: string
  /** The name without `_FILE`. */
  readonly name: string
  readonly path: string
  readonly target: Target
}

const suffix = /[_.]file$/i
const largest = 1024 * 1024

/** The variables that name a file for a key with a string value. A variable for a key whose own name ends in `_file` is not one of them. */
function namedIn(env: Environment, targets: ReadonlyMap<string, Target>): readonly Named[] {
  return Object.entries(env).flatMap(([variable, path]) => {
    const name = variable.replace(suffix, '')
    const target = targets.get(normalName(name))
    const isOwn = targets.has(normalName(variable))
    if (name === variable || isOwn || path === undefined || target?.schema.type !== 'string') {
      return []
    }
    return [{ variable, name, path, target }]
  })
}

/** The files, which are watched. */
export const filesNamedIn = (
  env: Environment,
  targets: ReadonlyMap<string, Target>,
): readonly string[] => namedIn(env, targets).map(({ path }) => path)

export function withFileTexts(env: Environment, targets: ReadonlyMap<string, Target>): FromFiles {
  const issues: ConfigIssue[] = []
  const texts: Record<string, string> = {}
  const set = new Set(Object.keys(env).map(normalName))
  for (const { variable, name, path, target } of namedIn(env, targets)) {
    const issue = { variable, key: keyOf(target.path) }
    const text = read(path)
    if (set.has(normalName(name))) {
      issues.push({ ...issue, found: `also $${name}`, expected: 'only one of the two' })
    } else if (text instanceof Error) {
      issues.push({ ...issue, found: text.message, expected: 'a file with the text' })
    } else {
      texts[name] = text
    }
  }
  return { env: { ...env, ...texts }, issues }
}

/** Reads only regular files, because reading a pipe could block. */
function read(named: string): string | Error {
  try {
    const path = readablePath(named)
    const found = statSync(path)
    if (!found.isFile()) return new Error(`"${named}", which is not a regular file`)
    if (found.size > largest) return new Error(`"${named}", which is longer than ${largest} bytes`)
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    return new Error(`"${named}" (${(error as NodeJS.ErrnoException).code})`)
  }
}
