/** nginx forwards the path as the client wrote it, so spellings that programs read in different ways must be refused. */
import type { Place } from '../../lint/finding.ts'
import type { Fault } from '../caller.ts'
import { allIn } from './locations.ts'
import type { Directive } from './syntax.ts'

/** Empty when requests are refused because of what $request_uri is. */
export function ambiguousPaths(root: Directive, at: (one: Directive) => Place): readonly Fault[] {
  const all = allIn(root)
  const variables = all
    .filter(({ name, args }) => name === 'map' && args[0] === '$request_uri')
    .map(({ args }) => args[1] ?? '')
  const refuses = ({ name, args, block }: Directive): boolean =>
    name === 'if' &&
    block.some(one => one.name === 'return' && /^4\d\d$/.test(one.args[0] ?? '')) &&
    ['$request_uri', ...variables].some(variable => args.join(' ').includes(variable))
  const server = all.find(({ name, block }) => name === 'server' && block.length > 0)
  if (server === undefined || all.some(refuses)) return []
  const message =
    'nothing refuses doubled slashes, dot segments and their escapes in $request_uri: the application may serve another path than the one that was matched'
  return [{ at: at(server), message }]
}
