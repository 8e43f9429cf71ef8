"""How far and how fine: accuracy against length, horizons, finite precision."""
