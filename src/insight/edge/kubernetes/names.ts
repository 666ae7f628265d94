import type { Fault } from '../caller.ts'
import { type Located, textIn } from '../document.ts'

/** `SecurityPolicy oarlock` */
export const nameOf = (document: Located): string =>
  `${textIn(document.get('kind'))} ${textIn(document.get('metadata', 'name'))}`

/** The path that checks are sent to. */
export const wrongPath = (path: Located): readonly Fault[] =>
  /^\/decisions\/?$/.test(textIn(path))
    ? []
    : [
        {
          at: path.at,
          message: `the path of checks: found ${JSON.stringify(textIn(path))}, expected "/decisions": other paths of the port answer 200, which is an allow`,
        },
      ]
