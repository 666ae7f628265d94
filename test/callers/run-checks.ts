import { type TestContext, test } from 'node:test'
import { type Caller, type Check, type Checks, callers, inOrder, titleOf } from './checks.ts'
import { type Scene, type Setup, startScene } from './scene.ts'
import { forbidden, redirect, unauthorized } from './verify/answers.ts'
import { answered, changed, credential } from './verify/changes.ts'
import { down, slow } from './verify/failures.ts'
import { allow, claimed, claimedForUpstream, owned, spoofed } from './verify/headers.ts'
import { body, paths, query } from './verify/requests.ts'
import { websocket } from './verify/websocket.ts'

/** One row of the table: a check per cell, run against a site that the test starts. */
export interface Row<Site> {
  readonly start: (t: TestContext) => Promise<Site>
  readonly checks: Checks<Site, TestContext>
  /** Runs before each check. */
  readonly reset?: (site: Site) => void
  /** Runs on a site of its own, in parallel with the others, since it takes long. */
  readonly lasting?: Check
  /** Checks by test name. */
  readonly more?: Readonly<Record<string, (site: Site, t: TestContext) => Promise<void>>>
}

/**
 * The test of one caller. Every cell is a test of its own; a cell that the caller cannot pass is marked with the
 * reason, and its check proves what happens instead.
 */
export function testCaller<Site>(caller: Caller, row: Row<Site>): void {
  test(callers[caller], { concurrency: true }, async t => {
    const { lasting } = row
    await Promise.all([
      runOn(
        t,
        row,
        cellsOf(
          caller,
          row,
          inOrder.filter(check => check !== lasting),
        ),
      ),
      lasting === undefined
        ? undefined
        : runOn(t, row, cellsOf(caller, { ...row, more: {} }, [lasting])),
    ])
  })
}

type Cells<Site> = readonly (readonly [string, (site: Site, t: TestContext) => Promise<void>])[]

const cellsOf = <Site>(caller: Caller, row: Row<Site>, names: readonly Check[]): Cells<Site> => [
  ...Object.entries(row.more ?? {}),
  ...names.map(check => [titleOf(caller, check), row.checks[check]] as const),
]

/** Runs the checks one after the other on one site. */
async function runOn<Site>(
  t: TestContext,
  { start, reset }: Row<Site>,
  cells: Cells<Site>,
): Promise<void> {
  const site = await start(t)
  for (const [name, check] of cells) {
    await t.test(name, inner => {
      reset?.(site)
      return check(site, inner)
    })
  }
}

const proxyChecks: Checks<Scene, TestContext> = {
  allow,
  spoofed,
  owned,
  unauthorized,
  forbidden,
  redirect,
  body,
  query,
  paths,
  down,
  slow,
  websocket,
  answered,
  credential,
  changed,
}

/** A proxy that checks over HTTP, with the files of deploy/. */
export const testProxy = (
  caller: Caller,
  { lasting, ...setup }: Setup & { readonly lasting?: Check },
): void =>
  testCaller(caller, {
    ...(lasting && { lasting }),
    start: t => startScene(t, setup),
    checks: proxyChecks,
    reset: ({ upstream }) => void upstream.take(),
    more: {
      'headers in which a client describes its request change no decision': claimed,
      'headers in which a client describes its request do not change the request at the upstream':
        claimedForUpstream,
    },
  })
