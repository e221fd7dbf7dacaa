import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonMarkup, markup } from './markup.ts';

/** Texts in which what must be escaped is frequent. */
const TEXTS = fc.string({ unit: fc.oneof(fc.constantFrom('<', '>', '&', '"', "'", '/', '\0', '\u009b'), fc.string()) });

describe('markup', () => {
  it('escapes texts and takes markup, lists and null as they are', () => {
    const part = markup`<b>${'a<b>&"\''}</b>`;
    expect(part.text).toBe('<b>a&lt;b&gt;&amp;&quot;&#39;</b>');
    expect(markup`${[part, 1, null, 'x&y']}`.text).toBe(`${part.text}1x&amp;y`);
  });

  it('lets no text out of its place, and none hold what a page may not', () => {
    fc.assert(
      fc.property(TEXTS, (text) => {
        const shown = markup`${text}`.text;
        expect(shown).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be gone
        expect(shown).not.toMatch(/[\u0000-\u0008\u007f-\u009f]/);
      }),
    );
  });

  it('keeps data in a script block, whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(TEXTS), (data) => {
        const shown = jsonMarkup(data).text;
        expect(shown).not.toContain('<');
        expect(JSON.parse(shown)).toEqual(data);
      }),
    );
  });
});
