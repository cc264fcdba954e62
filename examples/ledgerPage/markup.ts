/** Of what comes from outside, so many letters are shown. */
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

/** What is HTML already. Only `html` makes it: a value of the ledger cannot be one. */
export class Markup {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}
}

/** The one place where anything gets into the page: whatever is put in here is text, unless `html` has made it. */
export function html(written: TemplateStringsArray, ...values: unknown[]): Markup {
	const pieces = written.map((piece) => piece.replace(/\s*\n\s*/g, '\n'));
	return new Markup(pieces.reduce((page, piece, place) => page + markupOf(values[place - 1]) + piece));
}

/** Styles are written as HTML is. */
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

/** A value that may be written from right to left, without turning what stands around it. */
export function said(value: unknown): Markup {
	return html`<bdi>${value}</bdi>`;
}

/** Stripe's dashboard and nothing else: any other address is shown as text. */
export function dashboardLink(address: unknown): Markup | undefined {
	if (typeof address !== 'string' || address === '') return undefined;
	if (!address.startsWith('https://dashboard.stripe.com/')) return said(address);
	return html`<a href="${address}" target="_blank" rel="noopener noreferrer"
		>Look in the Stripe dashboard</a
	>`;
}

/** An ISO time as people read it, in UTC. */
export function time(iso: string | null | undefined): Markup {
	if (!iso) return html`–`;
	return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')}</time>`;
}
