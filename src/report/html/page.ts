/** What every page has around its content: the policy, the look and the small script, all of them inside the one file. */
import { createHash } from 'node:crypto';
import { Markup, markup } from './markup.ts';
import { READOUT_SCRIPT } from './readout-script.ts';
import { STYLESHEET } from './stylesheet.ts';

export interface Page {
  title: string;
  dbtestVersion: string;
  /** The header and its judgements, above the contents. */
  summary: Markup;
  /** Ids of sections and what they are called. */
  contents: readonly (readonly [id: string, title: string])[];
  sections: readonly (Markup | null)[];
  /** A sentence at the foot. */
  remark: string;
}

/** A page that opens offline and fetches nothing. */
export function renderPage({ title, dbtestVersion, summary, contents, sections, remark }: Page): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="dbtest ${dbtestVersion}">
<title>dbtest: ${title}</title>
<style>${new Markup(STYLESHEET)}</style>
</head>
<body>
<main>
${summary}<nav aria-label="Contents"><ul>${contents.map(([id, name]) => markup`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
${sections}</main>
<footer><p>Written by dbtest ${dbtestVersion}. ${remark}</p></footer>
<script>${new Markup(READOUT_SCRIPT)}</script>
</body>
</html>
`.text;
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing is fetched, and no style or script runs but the two of this page. */
const CONTENT_POLICY = `default-src 'none'; style-src ${hashOf(STYLESHEET)}; script-src ${hashOf(READOUT_SCRIPT)}`;
