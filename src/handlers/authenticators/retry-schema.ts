import { durationPattern } from '../../lib/duration.ts'

const duration = {
  type: 'string',
  pattern: durationPattern,
  description: 'Accepted without effect.',
} as const

/** In the original these settings never had an effect. */
export const retryWithoutEffect = {
  type: 'object',
  additionalProperties: false,
  description: 'Accepted and without effect: these calls are made once.',
  properties: {
    max_delay: { ...duration, default: '100ms' },
    give_up_after: { ...duration, default: '1s' },
  },
} as const
