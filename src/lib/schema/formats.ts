/** The formats of our schemas. Durations are a pattern (lib/duration.ts). */
import { isNetwork } from '../networks.ts'
import { isUri, isUriReference } from './uri.ts'

export const formats = { uri: isUri, 'uri-reference': isUriReference, cidr: isNetwork } as const
