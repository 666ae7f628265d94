/**
 * Equal questions that are asked at once are asked once: who comes later waits for the same answer.
 *
 * The work must not depend on who asks: it goes on when they are gone. Nothing is kept once it is done, so a
 * failure is shared only by those who waited for it.
 */
export type Join<T> = (key: string, start: () => Promise<T>) => Promise<T>

export function createFlights<T>(): Join<T> {
  const flights = new Map<string, Promise<T>>()
  return (key, start) => {
    const known = flights.get(key)
    if (known !== undefined) return known
    const flight = start().finally(() => flights.delete(key))
    flights.set(key, flight)
    return flight
  }
}
