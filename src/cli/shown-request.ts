import type { ShownRequest } from '../insight/patterns/request.ts'
import { withoutControls } from '../lib/without-controls.ts'

/** `GET https://shop.example/a with X-A: b`, on one line. */
export function requestText({ method, url, headers = [], context = [] }: ShownRequest): string {
  const parts = [
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...context.map(([name, value]) => `context ${name}: ${value}`),
  ]
  return withoutControls(`${method} ${url}${parts.map(part => ` with ${part}`).join('')}`)
}
