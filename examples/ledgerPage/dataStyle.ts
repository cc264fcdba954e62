import { css } from './markup';

/** Of tables and of the drawing. */
export const DATA_STYLE = css`
	.wide {
		overflow-x: auto;
	}
	table {
		border-collapse: collapse;
		width: 100%;
	}
	th,
	td {
		min-width: 6.5rem;
		text-align: left;
		vertical-align: top;
		padding: 0.35rem 0.6rem;
		border-bottom: 1px solid var(--line);
	}
	thead th {
		color: var(--quiet);
		font-size: 0.85rem;
	}
	tbody th {
		font-weight: 400;
	}
	tbody tr:last-child > * {
		border-bottom: 0;
	}
	.number {
		min-width: 0;
		text-align: right;
		white-space: nowrap;
	}
	.when {
		white-space: nowrap;
	}
	svg {
		display: block;
		width: 100%;
		height: auto;
	}
	svg text {
		fill: var(--quiet);
		font-size: 11px;
	}
	svg line {
		stroke: var(--line);
	}
	svg rect {
		stroke: var(--paper);
		fill: var(--other);
	}
	rect.succeeded {
		fill: var(--succeeded);
	}
	rect.rejected {
		fill: var(--rejected);
	}
	rect.unknown {
		fill: var(--unknown);
	}
	.key {
		display: inline-block;
		margin-right: 1rem;
	}
	.key::before {
		content: '';
		display: inline-block;
		width: 0.8em;
		height: 0.8em;
		margin-right: 0.4em;
		background: var(--other);
	}
	.key.succeeded::before {
		background: var(--succeeded);
	}
	.key.rejected::before {
		background: var(--rejected);
	}
	.key.unknown::before {
		background: var(--unknown);
	}
	.unseen {
		position: absolute;
		width: 1px;
		height: 1px;
		overflow: hidden;
		clip-path: inset(50%);
		white-space: nowrap;
	}
	@media (max-width: 40rem) {
		th,
		td {
			padding: 0.3rem;
		}
		table {
			font-size: 0.9rem;
		}
		svg text {
			font-size: 20px;
		}
	}
`;
