import { durationPattern } from '../../lib/duration.ts'

const duration = {
  type: 'string',
  pattern: durationPattern,
  description: 'Accepted without effect.',
} as const

/** These settings have no effect in Oathkeeper either. */
export const retryWithoutEffect = {
  type: 'object',
  additionalProperties: false,
  description: 'Accepted without effect: each call is made once.',
  properties: {
    max_delay: { ...duration, default: '100ms' },
    give_up_after: { ...duration, default: '1s' },
  },
} as const
