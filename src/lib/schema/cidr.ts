import { networksOf } from '../networks.ts'

export function isCidr(text: string): boolean {
  try {
    networksOf([text])
    return true
  } catch {
    return false
  }
}
