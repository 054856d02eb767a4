"""Published measurements seen through the model: what a row says, what it was run on, what we predict for it."""
