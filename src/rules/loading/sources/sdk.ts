import { type Unavailable, unavailable } from './contract.ts'

/** An optional library: installed only by those who use it. */
export type Sdk<T> = { readonly kind: 'sdk'; readonly sdk: T } | Unavailable

/** Rejects when the package is installed but cannot be loaded. */
export async function loadSdk<T>(name: string): Promise<Sdk<T>> {
  try {
    return { kind: 'sdk', sdk: (await import(name)) as T }
  } catch (error) {
    if (!isMissing(error, name)) throw error
    return unavailable(`install ${name}`)
  }
}

const isMissing = (error: unknown, name: string): boolean =>
  error instanceof Error &&
  (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND' &&
  error.message.includes(`'${name}'`)

/** Calls `make` on first use and keeps the result; calls it again only after a failure. */
export function lazily<T>(make: () => Promise<Sdk<T>>): () => Promise<Sdk<T>> {
  let held: Sdk<T> | undefined
  return async () => {
    if (held?.kind !== 'sdk') held = await make()
    return held
  }
}
