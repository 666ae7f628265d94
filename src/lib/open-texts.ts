/** Texts that take the place of files: what an editor shows and has not written. Empty in every other process. */
import { resolve } from 'node:path'

let texts: ReadonlyMap<string, string> = new Map()

/** By absolute path. Holds until the next call. */
export function useOpenTexts(open: ReadonlyMap<string, string>): void {
  texts = open
}

export const openTextOf = (path: string): string | undefined =>
  texts.size === 0 ? undefined : texts.get(resolve(path))
