import type { Kind, Step } from '../kind.ts'
import { allow } from './allow.ts'
import { deny } from './deny.ts'

/** Config name to kind: a new authorizer is one file and one line. */
export const authorizers = { allow, deny } as const satisfies Record<string, Kind<never, Step>>
