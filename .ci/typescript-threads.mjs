// Preloaded by tests: threads, too, run the TypeScript sources. tsx itself registers in the main thread alone.
import { isMainThread } from 'node:worker_threads'

if (!isMainThread) {
  const { register } = await import('tsx/esm/api')
  register()
}
