import { createPathReader } from '../../src/doors/request/path-reader.ts'

/** Reads paths as without `serve.paths`. */
export const defaultPaths = createPathReader({
  encoded_slash: 'decode',
  parameters: 'text',
  forwarded_uri: 'encoded',
})
