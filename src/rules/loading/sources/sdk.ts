import { type Unavailable, unavailable } from './contract.ts'

/** A library that only those install who use it. */
export type Sdk<T> = { readonly kind: 'sdk'; readonly sdk: T } | Unavailable

/** Rejects for what is wrong inside of the package. */
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

/** Makes it when it is first asked for, and again only after it could not be made. */
export function lazily<T>(make: () => Promise<Sdk<T>>): () => Promise<Sdk<T>> {
  let held: Sdk<T> | undefined
  return async () => {
    if (held?.kind !== 'sdk') held = await make()
    return held
  }
}
