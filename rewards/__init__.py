"""What points buy: catalogue, stock, redemption, vouchers. Not yet in use: the package keeps its place."""
