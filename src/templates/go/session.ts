/** The session as Go's structs: the value of `.` at the top of a template. */
import type { MatchContext, MatchUrl, Session } from '../../model/session.ts'
import { method, uncallable, variadicMethod, withoutResult } from './callable.ts'
import { clientMembers, clientType } from './client.ts'
import { headerOf, nilMap, urlValuesOf } from './header.ts'
import { type Known, knownStruct, knownText, knownTexts } from './known.ts'
import { stringMap } from './string-map.ts'
import { escapedPath, hostname, joinPath, portOf, queryValues, requestUri, urlText } from './url.ts'
import {
  type Callable,
  type Field,
  type GoStruct,
  pointer,
  type StructType,
  strings,
  struct,
  type Value,
} from './value.ts'

type Reads<T> = (target: T) => Value

const fieldsOf = <T>(
  fields: readonly (readonly [name: string, json: string, read: Reads<T>])[],
): ReadonlyMap<string, Field> =>
  new Map(fields.map(([name, json, read]) => [name, { json, read: target => read(target as T) }]))

const noPassword =
  'invalid function signature for Password: second return value should be error; is bool'

/** The user of a URL. It is always nil, because a request's URL has no user. */
const userinfoType: StructType = {
  name: 'url.Userinfo',
  fields: new Map(),
  methods: new Map<string, Callable>([
    ['Username', method<null, []>([], () => '')],
    ['String', method<null, []>([], () => '')],
    ['Password', uncallable([], noPassword)],
  ]),
  text: () => '',
}
const noUser = pointer(userinfoType, null)

const urlFields = fieldsOf<MatchUrl>([
  ['Scheme', 'Scheme', url => url.scheme],
  ['Opaque', 'Opaque', () => ''],
  ['User', 'User', () => noUser],
  ['Host', 'Host', url => url.host],
  ['Path', 'Path', url => url.path],
  ['Fragment', 'Fragment', () => ''],
  ['RawQuery', 'RawQuery', url => url.rawQuery],
  ['RawPath', 'RawPath', url => url.rawPath],
  ['RawFragment', 'RawFragment', () => ''],
  ['ForceQuery', 'ForceQuery', url => url.forceQuery],
  ['OmitHost', 'OmitHost', () => false],
])

const reads = (read: Reads<MatchUrl>): Callable => method<MatchUrl, []>([], read)

const urlMethods = new Map<string, Callable>([
  ['String', reads(urlText)],
  ['Redacted', reads(urlText)],
  ['Hostname', reads(hostname)],
  ['Port', reads(portOf)],
  ['EscapedPath', reads(escapedPath)],
  ['EscapedFragment', reads(() => '')],
  ['Query', reads(url => urlValuesOf(queryValues(url)))],
  ['RequestURI', reads(requestUri)],
  ['IsAbs', reads(url => url.scheme !== '')],
  [
    'JoinPath',
    variadicMethod<MatchUrl>('string', (url, elements) =>
      pointer(urlType, joinPath(url, elements as readonly string[])),
    ),
  ],
])

const urlType: StructType = {
  name: 'url.URL',
  fields: urlFields,
  methods: urlMethods,
  text: target => urlText(target as MatchUrl),
}

const bodyMember = 'Body'

const matchContextType: StructType = {
  name: 'authn.MatchContext',
  fields: fieldsOf<MatchContext>([
    ['RegexpCaptureGroups', 'regexp_capture_groups', match => strings(match.regexpCaptureGroups)],
    ['URL', 'url', match => pointer(urlType, match.url)],
    ['Method', 'method', match => match.method],
    ['Header', 'header', match => headerOf(match.header)],
  ]),
  // Methods of Oarlock. They are not fields, because a match context prints, and is sent to hydrators, as Oathkeeper's does.
  methods: new Map([
    [
      'ContextExtensions',
      method<MatchContext, []>([], match => stringMap(match.contextExtensions)),
    ],
    ['Named', method<MatchContext, []>([], match => stringMap(match.namedCaptures))],
    ['Client', method<MatchContext, []>([], match => struct(clientType, match.client))],
    ['Metadata', method<MatchContext, []>([], match => match.metadata)],
    [bodyMember, method<MatchContext, []>([], match => match.body ?? null)],
  ]),
}

const knownUrl = knownStruct(urlType)

export const sessionType: StructType = {
  name: 'authn.AuthenticationSession',
  fields: fieldsOf<Session>([
    ['Subject', 'subject', session => session.subject],
    ['Extra', 'extra', session => session.extra ?? nilMap],
    ['Header', 'header', session => headerOf(session.headers)],
    ['MatchContext', 'match_context', session => struct(matchContextType, session.matchContext)],
  ]),
  methods: new Map<string, Callable>([
    ['SetHeader', withoutResult('SetHeader', ['string', 'string'])],
    ['Copy', method<Session, []>([], session => sessionPointer({ ...session }))],
  ]),
}

/** True for the member that is the parsed body of the request. */
export const isBody = (type: StructType, member: string): boolean =>
  type === matchContextType && member === bodyMember

export const knownSession: Known = knownStruct(sessionType)

/** What fields and methods without arguments give, by the type that has them. Of others nothing is known. */
export const memberTypes: ReadonlyMap<StructType, ReadonlyMap<string, Known>> = new Map([
  [
    sessionType,
    new Map([
      ['Subject', knownText],
      ['MatchContext', knownStruct(matchContextType)],
      ['Copy', knownSession],
    ]),
  ],
  [
    matchContextType,
    new Map([
      ['RegexpCaptureGroups', knownTexts],
      ['URL', knownUrl],
      ['Method', knownText],
      ['Client', knownStruct(clientType)],
    ]),
  ],
  [
    urlType,
    new Map([
      ...[...urlFields.keys(), 'String', 'Redacted', 'Hostname', 'Port', 'EscapedPath']
        .filter(name => name !== 'User' && name !== 'ForceQuery' && name !== 'OmitHost')
        .map(name => [name, knownText] as const),
      ['User', knownStruct(userinfoType)],
      ['JoinPath', knownUrl],
    ]),
  ],
  ...clientMembers,
])

/** Names of types for messages. */
export const titles: ReadonlyMap<string, string> = new Map([
  [sessionType.name, 'the session'],
  [matchContextType.name, '.MatchContext'],
  [urlType.name, '.MatchContext.URL'],
  [clientType.name, '.MatchContext.Client'],
])

export const sessionPointer = (session: Session): GoStruct => pointer(sessionType, session)

/** Returns the reader of a field of the session; undefined for another name. */
export const sessionField = (name: string): ((session: Session) => Value) | undefined =>
  sessionType.fields.get(name)?.read
