import { isHeaderName } from '../../lib/header-name.ts'

/**
 * True for a name that a request may have as its method. Rules are compared without case, but methods have case (RFC
 * 9110 §9.1): an upstream does not take `get` for GET.
 */
export const isMethodName = (text: string): boolean => isHeaderName(text) && !/[a-z]/.test(text)
