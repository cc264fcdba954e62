/** One text as a page shows it. */
export interface ShownText {
	text: string;
	isCut: boolean;
}

/** Of the DOM, what is asked here: the project itself knows no browser. */
interface Box {
	left: number;
	right: number;
}
interface Style {
	display: string;
	overflowX: string;
	textOverflow: string;
}
interface PageElement {
	textContent: string;
	parentElement: PageElement | null;
	scrollWidth: number;
	clientWidth: number;
	getBoundingClientRect(): Box;
	ownerDocument: {
		createRange(): { selectNodeContents(element: PageElement): void; getBoundingClientRect(): Box };
		defaultView: { getComputedStyle(element: PageElement): Style };
	};
}

/**
 * Runs in the page. A text is cut where it does not fit into the nearest block that clips. An inline element has no width of its
 * own, so the text itself is measured, and not what it stands in.
 *
 * @param instead written in its place first
 */
export function measureText(element: PageElement, instead: string | undefined): ShownText {
	if (instead !== undefined) element.textContent = instead;
	const page = element.ownerDocument;
	const range = page.createRange();
	range.selectNodeContents(element);
	const shown = range.getBoundingClientRect();
	const text = element.textContent.trim();
	for (let block: PageElement | null = element; block; block = block.parentElement) {
		const { display, overflowX, textOverflow } = page.defaultView.getComputedStyle(block);
		if (display === 'inline' || overflowX === 'visible') continue;
		const box = block.getBoundingClientRect();
		const isOutside = shown.left < box.left - 1 || shown.right > box.right + 1;
		const isShortened = textOverflow === 'ellipsis' && block.scrollWidth > block.clientWidth;
		return { text, isCut: isOutside || isShortened };
	}
	return { text, isCut: false };
}
