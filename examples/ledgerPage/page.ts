import type { Markup } from './markup';
import { html, time } from './markup';
import { COLOURS } from './colours';
import { DATA_STYLE } from './dataStyle';
import { FRAME_STYLE } from './frameStyle';

interface PageParts {
	title: string;
	/** The text in the search box. */
	sought: unknown;
	isGlance: boolean;
	content: Markup;
	/** The URL of the webhook, as n8n knows it. */
	address: string;
	now: number;
}

/**
 * Renders a whole page. Its content security policy allows one stylesheet and forms that lead back to this
 * workflow, and nothing else: no script, no picture, no outside address. The policy is a meta element because n8n
 * overwrites our header with its own.
 */
export function page({ title, sought, isGlance, content, address, now }: PageParts): string {
	const nonce = Array.from({ length: 3 }, () => Math.random().toString(36).slice(2)).join('');
	const home = /^https?:\/\/[\w.:[\]-]+/.exec(address)?.[0] ?? '';
	return html`<!doctype html>
		<html lang="en">
			<head>
				<meta charset="utf-8" />
				<meta
					http-equiv="Content-Security-Policy"
					content="default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self' ${home}; base-uri 'none'"
				/>
				<meta name="viewport" content="width=device-width, initial-scale=1" />
				<meta name="referrer" content="no-referrer" />
				<meta name="robots" content="noindex" />
				<title>${title}</title>
				<style nonce="${nonce}">
					${COLOURS}${FRAME_STYLE}${DATA_STYLE}
				</style>
			</head>
			<body>
				<header>
					<div>
						<h1>${title}</h1>
						<p class="quiet">As of ${time(new Date(now).toISOString())}. All times are UTC.</p>
					</div>
					<form method="get" action="?" role="search">
						<label for="find">Order number, payment ID or entry ID</label
						><input id="find" name="find" type="search" value="${sought}" required /><button>
							Look it up
						</button>
					</form>
				</header>
				<main>${!isGlance && html`<p><a href="?">Back to the whole ledger</a></p>`} ${content}</main>
			</body>
		</html> `.text;
}
