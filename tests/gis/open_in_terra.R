# Open the maps of a finished run in R with terra, and hold names, factors, missing values, colours, times and units
# against what the run wrote.
#
#     Rscript open_in_terra.R RUN_FOLDER
suppressPackageStartupMessages(library(terra))

folder <- commandArgs(trailingOnly = TRUE)[1]
at <- function(name) file.path(folder, name)

# Classes are factors with their labels, missing is NA, and plots have the colours of the file.
classes <- rast(at("maps/nep_class.tif"))
labels <- c("strong decrease", "decrease", "no significant change", "increase", "strong increase")
stopifnot(is.factor(classes), identical(levels(classes)[[1]][[2]], labels))
stopifnot(names(classes) == "nep_class")
codes <- values(rast(at("maps/nep_class.tif")), mat = FALSE)
stopifnot(all(codes %in% c(1:5, NA, NaN)), any(is.na(codes)))
colours <- coltab(classes)[[1]]
stopifnot(!is.null(colours))
increase <- as.integer(colours[colours[[1]] == 5, 2:4])
stopifnot(identical(increase, c(33L, 102L, 172L)))

# A quantity: its name, and missing pixels.
slope <- rast(at("maps/nep_slope.tif"))
stopifnot(names(slope) == "nep_slope", !is.factor(slope), anyNA(values(slope)))

# A stack: a layer a year with its time and its unit.
nep <- rast(at("stacks/nep.tif"))
stopifnot(identical(names(nep), as.character(2001:2020)))
stopifnot(identical(as.integer(time(nep)), 2001:2020))
stopifnot(all(units(nep) == "gC m-2 yr-1"))

# The trend of the stack is the map of the trend.
x <- 2001:2020 - mean(2001:2020)
series <- values(nep)
whole <- complete.cases(series)
by_hand <- drop(series[whole, ] %*% x) / sum(x^2)
difference <- max(abs(by_hand - values(slope)[whole]))
stopifnot(sum(whole) > 1000, difference < 1e-3)

cat(sprintf("terra %s: factors, names, NA, colours, years and units; slopes of %d pixels within %.1e\n",
            packageVersion("terra"), sum(whole), difference))
