/** Checks whether a local key set can be used, for `validate` and similar commands. */
import { LightSignal } from '../../lib/signal.ts'
import { notAKeySet, parseKeySet } from './parse-key-set.ts'
import { signerOf } from './signing.ts'
import { compileSource, type SourceOptions } from './source.ts'

export interface CheckOptions extends SourceOptions {
  /** True: it must have a key that can sign; false: its keys verify. */
  readonly signs: boolean
}

const isLocal = (location: string): boolean => /^(?:file|inline|base64):/i.test(location)

/** Returns the problem; undefined: none, or the set is remote and was not read. Never rejects. */
export async function checkKeySet(
  location: string,
  { signs, ...options }: CheckOptions,
): Promise<string | undefined> {
  if (!isLocal(location)) return undefined
  const loaded = await compileSource(location, options)(new LightSignal())
  if (loaded.kind === 'unavailable') return loaded.reason
  return signs ? signingProblem(loaded.text) : verifyingProblem(loaded.text)
}

async function signingProblem(text: string): Promise<string | undefined> {
  const signer = await signerOf(text)
  return signer.kind === 'signing_problem' ? signer.message : undefined
}

async function verifyingProblem(text: string): Promise<string | undefined> {
  const set = await parseKeySet(text, () => true)
  if (set === undefined) return notAKeySet
  if (set.skipped.length > 0) return `these keys cannot be used: ${set.skipped.join('; ')}`
  return set.keys.size === 0 ? 'found no key for signatures that has an id' : undefined
}
