/** Writes what handlers change as the log has written it, where values that were left out are `***`. */
import { createHiding, type HidingOptions } from '../../capsule/hiding.ts'
import type { Show } from '../../capsule/session-changes.ts'
import { headersOf } from '../../doors/request/headers.ts'
import { leftOut } from './request.ts'

export const shownAgain = (options: Omit<HidingOptions, 'masked'>): Show =>
  createHiding({ headers: headersOf([]), query: '' }, { ...options, masked: [leftOut] })
