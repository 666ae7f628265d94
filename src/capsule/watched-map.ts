/** Headers by name that report which of them are read. */

/** Called with a short text such as `header authorization`, each time. */
export type OnRead = (what: string) => void

export const allHeaders = 'all headers'

/** Reading all of them, such as for a copy, is one report. */
export class WatchedMap extends Map<string, readonly string[]> {
  readonly #onRead: OnRead

  constructor(headers: ReadonlyMap<string, readonly string[]>, onRead: OnRead) {
    super(headers)
    this.#onRead = onRead
  }

  override get(name: string): readonly string[] | undefined {
    this.#onRead(`header ${name.toLowerCase()}`)
    return super.get(name)
  }

  override entries(): MapIterator<[string, readonly string[]]> {
    this.#onRead(allHeaders)
    return super.entries()
  }

  override values(): MapIterator<readonly string[]> {
    this.#onRead(allHeaders)
    return super.values()
  }

  override forEach(
    visit: (values: readonly string[], name: string, map: Map<string, readonly string[]>) => void,
  ): void {
    this.#onRead(allHeaders)
    super.forEach(visit)
  }

  override [Symbol.iterator](): MapIterator<[string, readonly string[]]> {
    return this.entries()
  }
}
