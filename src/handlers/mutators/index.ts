import type { Kind, Step } from '../kind.ts'
import { header } from './header.ts'
import { noop } from './noop.ts'

/** Config name to kind: a new mutator is one file and one line. */
export const mutators = { header, noop } as const satisfies Record<string, Kind<never, Step>>
