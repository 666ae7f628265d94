/** Go's path package. */

/** Go's path.Clean, also for relative paths, for which `..` at the start is kept. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith('/')
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') goUp(parts, rooted)
    else if (part !== '' && part !== '.') parts.push(part)
  }
  const cleaned = (rooted ? '/' : '') + parts.join('/')
  return cleaned === '' ? '.' : cleaned
}

function goUp(parts: string[], rooted: boolean): void {
  if (parts.length > 0 && parts.at(-1) !== '..') parts.pop()
  else if (!rooted) parts.push('..')
}

function withoutTrailingSlashes(path: string): string {
  let end = path.length
  while (path[end - 1] === '/') end--
  return path.slice(0, end)
}

export function baseOf(path: string): string {
  if (path === '') return '.'
  const stripped = withoutTrailingSlashes(path)
  return stripped === '' ? '/' : stripped.slice(stripped.lastIndexOf('/') + 1)
}

export const dirOf = (path: string): string => cleanPath(path.slice(0, path.lastIndexOf('/') + 1))

export function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot < 0 ? '' : name.slice(dot)
}
