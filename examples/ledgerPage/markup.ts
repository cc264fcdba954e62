/** Characters of an outside value that are shown. */
const LONGEST = 500;

const SIGNS = new Map(
	Object.entries({
		'&': '&amp;',
		'<': '&lt;',
		'>': '&gt;',
		'"': '&quot;',
		"'": '&#39;',
		'`': '&#96;',
	}),
);

/** Text that is already HTML. Only `html` and `css` create it, so a value from the ledger cannot be Markup. */
export class Markup {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}
}

/** The only way to put values into the page: every value is escaped as text unless it is Markup. */
export function html(written: TemplateStringsArray, ...values: unknown[]): Markup {
	const pieces = written.map((piece) => piece.replace(/\s*\n\s*/g, '\n'));
	return new Markup(pieces.reduce((page, piece, place) => page + markupOf(values[place - 1]) + piece));
}

/** Tags a stylesheet, as `html` tags HTML. */
export function css(written: TemplateStringsArray): Markup {
	return html(written);
}

function markupOf(value: unknown): string {
	if (value instanceof Markup) return value.text;
	if (Array.isArray(value)) return value.map(markupOf).join('');
	if (value === undefined || value === null || value === false) return '';
	return escaped(typeof value === 'string' ? value : JSON.stringify(value));
}

function escaped(text: string): string {
	return shortened(text)
		.replace(/[^\P{Cc}\t\n]/gu, '\uFFFD')
		.replace(/[&<>"'`]/g, (sign) => SIGNS.get(sign) ?? '');
}

function shortened(text: string): string {
	return text.length > LONGEST ? `${text.slice(0, LONGEST).replace(/[\uD800-\uDBFF]$/, '')} …` : text;
}

/** Isolates a value that may be written from right to left, so that it does not reorder the text around it. */
export function said(value: unknown): Markup {
	return html`<bdi>${value}</bdi>`;
}

/** Links to Stripe's dashboard only: any other address is shown as text. */
export function dashboardLink(address: unknown): Markup | undefined {
	if (typeof address !== 'string' || address === '') return undefined;
	if (!address.startsWith('https://dashboard.stripe.com/')) return said(address);
	return html`<a href="${address}" target="_blank" rel="noopener noreferrer"
		>Look in the Stripe dashboard</a
	>`;
}

/** Formats an ISO time for people, in UTC. */
export function time(iso: string | null | undefined): Markup {
	if (!iso) return html`–`;
	return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')}</time>`;
}
