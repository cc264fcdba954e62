/** What happened is a sentence of its own: what to do next follows it, and Stripe's own words end with a full stop or without. */
export function endSentence(text: string): string {
	return text === '' || /[.!?…]$/.test(text) ? text : `${text}.`;
}
