/** The methods of the port besides Check: health and reflection. */
import type { Methods } from '../wire/services/service.ts'
import { createHealth } from './health.ts'
import { createReflection } from './reflection.ts'

export interface Services extends Methods {
  /** Loads packages that are not needed for checks and health; without it, the first call does. */
  readonly load: () => Promise<void>
  readonly setServing: (isServing: boolean) => void
}

export function createServices(): Services {
  const health = createHealth()
  const reflection = createReflection()
  return {
    unary: health.unary,
    streams: new Map([...health.streams, ...reflection.streams]),
    load: async () => void (await reflection.load()),
    setServing: health.setServing,
  }
}
