import { isDeepStrictEqual } from 'node:util';

import type { INodeProperties } from 'n8n-workflow';

/** What a property shows for. */
type Axis = 'resource' | 'operation';

interface Placed {
	property: INodeProperties;
	/** All that it is, but for what it shows for. */
	text: string;
}

/**
 * Puts lists of properties together. Those which differ only in what they show for become one that shows for all of it; each
 * list keeps its order. A description is sent to every browser that opens n8n, so it says nothing twice.
 */
export function joinAlike(axis: Axis, lists: readonly INodeProperties[][]): INodeProperties[] {
	const joined: Placed[] = [];
	for (const list of lists) {
		let next = 0;
		for (const property of list) {
			const placed = { property, text: JSON.stringify(leaveOut(axis, property)) };
			const same = joined.findIndex((other, at) => at >= next && isAlike(axis, other, placed));
			if (same === -1) joined.splice(next, 0, placed);
			else joined[same] = join(axis, joined[same] ?? placed, placed);
			next = (same === -1 ? next : same) + 1;
		}
	}
	return joined.map(({ property }) => property);
}

/** What is marked by symbols is not in the text. */
function isAlike(axis: Axis, one: Placed, other: Placed): boolean {
	return (
		one.text === other.text &&
		isDeepStrictEqual(leaveOut(axis, one.property), leaveOut(axis, other.property))
	);
}

function leaveOut(axis: Axis, property: INodeProperties): INodeProperties {
	const { [axis]: _shownFor, ...show } = property.displayOptions?.show ?? {};
	return { ...property, displayOptions: { ...property.displayOptions, show } };
}

function join(axis: Axis, one: Placed, { property }: Placed): Placed {
	const values = [one.property, property].flatMap(
		({ displayOptions }) => displayOptions?.show?.[axis] ?? [],
	);
	const show = { ...one.property.displayOptions?.show, [axis]: values };
	return {
		...one,
		property: { ...one.property, displayOptions: { ...one.property.displayOptions, show } },
	};
}
