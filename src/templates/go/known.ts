/** What is known of a value before a template is rendered. */
import type { StructType } from './value.ts'

export type Known =
  | { readonly kind: 'struct'; readonly type: StructType }
  | { readonly kind: 'list'; readonly of: Known }
  | { readonly kind: 'text' }

export const knownText: Known = { kind: 'text' }
export const knownTexts: Known = { kind: 'list', of: knownText }

export const knownStruct = (type: StructType): Known => ({ kind: 'struct', type })
